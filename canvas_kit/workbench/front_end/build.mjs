// Builds what ships in the wheel, or with the argument "tests" what `node --test` runs.
// The result depends on the sources and the locked versions alone: no dates, no paths.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  await labExtension(shipped);
}

/** What JupyterLab loads: it names each file with its hash, so that a page may keep it for ever. */
async function labExtension(shipped) {
  const hash = (name) => createHash("sha256").update(readFileSync(`${here}../static/${name}`)).digest("hex");
  const versioned = (name, path) => `${name}?v=${hash(path).slice(0, 16)}`;
  const define = { ...shipped.define, BUNDLE: JSON.stringify(versioned("workbench.js", "workbench.js")) };
  const script = "labextension/static/remoteEntry.js";
  const outfile = `../static/${script}`;
  await build({ ...shipped, define, format: "iife", entryPoints: ["src/lab/container.ts"], outfile });
  const about = {
    name: "@canvas-kit/workbench",
    description: "Canvas files, the gallery and the jobs of canvas-kit in JupyterLab",
    license: "MIT",
    jupyterlab: {
      extension: true,
      _build: { load: versioned("static/remoteEntry.js", script), extension: "./extension" },
    },
  };
  writeFileSync(`${here}../static/labextension/package.json`, `${JSON.stringify(about, null, 2)}\n`);
}
