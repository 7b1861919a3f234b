// What a function of SST v2 does: it imports `Config`, and has all of its secrets. Then the line that `clients/contract` prints.
import { readFileSync } from "node:fs";
import { Config } from "sst/node/config";

const prefix = "SST_Secret_value_";
const names = Object.keys(process.env).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
const lines = names.sort().map((name) => `${name}=${Config[name]}\n`);
const ready = Math.round((performance.timeOrigin + performance.now()) * 1000) + "000";

let digest = 0x811c9dc5;
for (const byte of Buffer.from(lines.join(""))) {
  digest = Math.imul(digest ^ byte, 0x01000193) >>> 0;
}
const [, peak] = /VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"));
console.log(`ready=${ready} digest=${digest.toString(16).padStart(8, "0")} peak_kib=${peak}`);
