// Builds what ships in the wheel, or with the argument "tests" what `node --test` runs.
// The result depends on the sources and the locked versions alone: no dates, no paths.
import { build } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  loader: { ".css": "text" },
  logLevel: "warning",
};

if (process.argv.includes("tests")) {
  rmSync(`${here}build`, { recursive: true, force: true });
  const tests = readdirSync(`${here}tests`).filter((name) => /\.test\.tsx?$/.test(name));
  await build({
    ...common,
    platform: "node",
    packages: "external",
    entryPoints: tests.map((name) => `tests/${name}`),
    outdir: "build",
    outExtension: { ".js": ".mjs" },
  });
} else {
  const define = { "process.env.NODE_ENV": '"production"' };
  const shipped = { ...common, define, minify: true, legalComments: "none", charset: "utf8" };
  await build({ ...shipped, entryPoints: ["src/workbench.ts"], outfile: "../static/workbench.js" });
  await build({ ...shipped, entryPoints: ["src/hosts/loader.ts"], outfile: "../static/loader.js" });
}
