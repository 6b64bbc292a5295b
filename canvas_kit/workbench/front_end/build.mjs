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
  const outfile = "../static/workbench.js";
  const { metafile } = await build({ ...shipped, entryPoints: ["src/workbench.ts"], outfile, metafile: true });
  writeLicences(metafile);
  await build({ ...shipped, entryPoints: ["src/hosts/loader.ts"], outfile: "../static/loader.js" });
  await labExtension(shipped);
}

/** The licences of the packages in the bundle, which ask to be handed on with it. */
function writeLicences(metafile) {
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0),
  );
  const folders = bundled.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const texts = [...new Set(folders.filter(Boolean))].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${here}${folder}/package.json`, "utf8"));
    const file = readdirSync(`${here}${folder}`).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${name} has no licence file`);
    return `${name} ${version}\n\n${readFileSync(`${here}${folder}/${file}`, "utf8").trim()}\n`;
  });
  const head = "workbench.js contains these packages.\n\n";
  writeFileSync(`${here}../static/LICENSES.txt`, head + texts.join(`\n${"-".repeat(72)}\n\n`));
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
