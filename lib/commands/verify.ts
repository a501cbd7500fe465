import type { Config } from "../config/config.ts";
import { recordingAt } from "../export/files.ts";
import { verifiedLines } from "../export/report.ts";
import { verifyDay } from "../export/survey.ts";
import { listRecordings, recordingsIn } from "../recording/folder.ts";
import type { Context } from "./bootstrap.ts";
import { messageOf, recordingsNamed } from "./recorded_files.ts";

/** Reads recordings through. The exit code is 1 where one of them is damaged. */
export async function verify({ instruments }: Config, { operands }: Context): Promise<number> {
  const folder = recordingsIn(instruments.folder);
  const files = await listRecordings(folder);
  const named = recordingsNamed(files, folder, operands);
  if (named.length === 0) console.error(`There are no recordings in ${folder}; RECORD=on makes them`);
  let isGood = true;
  for (const each of named) {
    try {
      const survey = await verifyDay("date" in each ? each : await recordingAt(each.path), files);
      for (const line of verifiedLines(survey)) console.log(line);
      isGood &&= survey.bad.length === 0;
    } catch (error) {
      console.log(`${each.path}: ${messageOf(error)}`);
      isGood = false;
    }
  }
  return isGood ? 0 : 1;
}
