// read.mjs NAME…: what SST's runtime answers for each name, as JSON.
// DOTENV_FILE: a file of variables that its dotenv reads first.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// SST is where the app is, not where this file is.
const { resolve } = createRequire(`${process.cwd()}/`);
const { parse } = await import(pathToFileURL(resolve("dotenv")));
if (process.env.DOTENV_FILE) {
  Object.assign(process.env, parse(readFileSync(process.env.DOTENV_FILE)));
}
const { Config } = await import(pathToFileURL(`${process.cwd()}/node_modules/sst/node/config/index.js`));

const read = (name) => {
  try {
    return Config[name] ?? null;
  } catch (error) {
    return { error: error.message };
  }
};
console.log(JSON.stringify(Object.fromEntries(process.argv.slice(2).map((name) => [name, read(name)]))));
