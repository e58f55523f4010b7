// Puts a .br beside each text file of the build, so that the server never compresses while somebody waits.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const folder = new URL("../dist/", import.meta.url).pathname;
for (const name of readdirSync(folder, { recursive: true })) {
  if (!/\.(js|css|html|svg|json|txt)$/.test(name)) continue;
  const text = readFileSync(join(folder, name));
  const packed = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  });
  writeFileSync(join(folder, `${name}.br`), packed);
}
