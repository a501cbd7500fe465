/// <reference lib="deno.worker" />
/** The thread of {@linkcode EncoderThread}: it answers one question after the other. */
import type { Answer, Question } from "./encoder_thread.ts";
import { ParquetEncoder } from "./parquet_encoder.ts";

const encoders = new Map<number, ParquetEncoder>();

async function answer(question: Question): Promise<Uint8Array<ArrayBuffer>> {
  const { file } = question;
  if (question.kind === "create") {
    encoders.set(file, await ParquetEncoder.create(question.columns, question.notes));
    return new Uint8Array(0);
  }
  const encoder = encoders.get(file)!;
  if (question.kind === "group") return await encoder.group(question.data);
  encoders.delete(file);
  return await encoder.finish();
}

self.onmessage = async ({ data }: MessageEvent<Question>) => {
  let said: Answer;
  try {
    said = { kind: "bytes", bytes: await answer(data) };
  } catch (error) {
    said = { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
  self.postMessage(said, said.kind === "bytes" ? [said.bytes.buffer] : []);
};
