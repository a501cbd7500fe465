// As a whole: older runtimes have no zstd in it, and would refuse to load a module that names it.
import * as zlib from "node:zlib";
import { type Codec, MAX_BLOCK_BYTES } from "./format.ts";

/** Fast, and hardly larger than slower levels; measured in docs/adr/0006-recording-format.md. */
const DEFLATE = { level: 1 };
const ZSTD = { [zlib.constants.ZSTD_c_compressionLevel]: 2 };

/** What `node:zlib` takes as the size of a piece of its result, at least. */
const MIN_CHUNK_BYTES = 64;

/** Deno before 2.6 or so has no zstd in `node:zlib`, or names it and cannot do it: only a try tells. */
function zstdWorks(): boolean {
  try {
    return zlib.zstdDecompressSync(zlib.zstdCompressSync(new Uint8Array(8))).length === 8;
  } catch {
    return false;
  }
}

let best: Codec | undefined;

/** The best codec that this runtime has; asked for once. */
export function bestCodec(): Codec {
  return best ??= zstdWorks() ? "zstd" : "deflate";
}

export function compress(codec: Codec, raw: Uint8Array): Uint8Array {
  // Prices come to a third: the result is in one piece. By itself it would be put together of pieces of 16 kB.
  const chunkSize = Math.max(MIN_CHUNK_BYTES, raw.length >> 1);
  return codec === "zstd"
    ? zlib.zstdCompressSync(raw, { params: ZSTD, chunkSize })
    : zlib.deflateRawSync(raw, { ...DEFLATE, chunkSize });
}

/**
 * Unpacks a payload.
 *
 * @param length What it must come to.
 * @throws {Error} It does not, or this runtime lacks the codec.
 */
export function decompress(codec: Codec, stored: Uint8Array, length: number): Uint8Array {
  if (codec === "zstd" && bestCodec() !== "zstd") {
    throw new Error("the recording is compressed with zstd, which this Deno cannot do: use a newer one");
  }
  const maxOutputLength = Math.min(MAX_BLOCK_BYTES, Math.max(1, length));
  // One piece, with room to see that nothing comes behind it.
  const options = { maxOutputLength, chunkSize: maxOutputLength + MIN_CHUNK_BYTES };
  const raw = codec === "zstd"
    ? zlib.zstdDecompressSync(stored, options)
    : zlib.inflateRawSync(stored, options);
  // zstd of a cut payload is shorter, and no error.
  if (raw.length !== length) throw new Error(`the block has ${raw.length} bytes instead of ${length}`);
  return raw;
}
