import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";
import { watchFile } from "../util/watch_file.ts";
import type { Certificate } from "./listener.ts";

/** Where a certificate chain and its key lie, in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

const log = getLogger(["server"]);

/** @throws {Error} A file cannot be read. */
export async function readCertificate({ cert, key }: CertificateFiles): Promise<Certificate> {
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}

/**
 * Follows the renewals of a certificate. The two files are written one after the other, so for a moment they may not
 * belong together: then the one of before stays, until the other file has been written too.
 *
 * @param change Takes the new one, or throws.
 * @returns Ends the watching.
 */
export function watchCertificate(
  files: CertificateFiles,
  clock: Clock,
  change: (certificate: Certificate) => Promise<void>,
): () => void {
  const changed = async () => {
    try {
      await change(await readCertificate(files));
      log.info("new connections get the certificate of {path}", { path: files.cert });
    } catch (error) {
      log.error("{path} or its key was written, and the certificate of before stays in use: {error}", {
        path: files.cert,
        error,
      });
    }
  };
  const ends = [watchFile(files.cert, clock, changed), watchFile(files.key, clock, changed)];
  return () => ends.forEach((end) => end());
}
