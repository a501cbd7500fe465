import { Buffer } from "node:buffer";

const encoder = new TextEncoder();

/**
 * Compresses a text with the web's `CompressionStream`, in Base64. One writer and one reader: a `Blob` and a `Response`
 * around the stream cost twice as much (bench/README.md).
 */
export async function gzipBase64(text: string): Promise<string> {
  const stream = new CompressionStream("gzip");
  const writer = stream.writable.getWriter();
  // What fails here fails the reading below as well.
  writer.write(encoder.encode(text)).catch(() => {});
  writer.close().catch(() => {});
  const reader = stream.readable.getReader();
  const chunks: Uint8Array[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
  return (chunks.length === 1 ? bufferOf(chunks[0]!) : Buffer.concat(chunks)).toString("base64");
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
