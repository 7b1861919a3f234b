// dotenv.mjs FILE…: what SST's dotenv and what Node read from each file, as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { parseEnv } from "node:util";

const { resolve } = createRequire(`${process.cwd()}/`);
const { parse } = await import(pathToFileURL(resolve("dotenv")));
const texts = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
console.log(JSON.stringify(texts.map((text) => [parse(text), parseEnv(text)])));
