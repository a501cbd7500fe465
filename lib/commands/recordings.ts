import type { Config } from "../config/config.ts";
import { surveyDay } from "../export/survey.ts";
import { type Listed, recordingsTable } from "../export/report.ts";
import { listRecordings, recordingsIn } from "../recording/folder.ts";
import { messageOf } from "./recorded_files.ts";

/** Lists the recorded days. The exit code is 1 where one of them cannot be opened. */
export async function recordings({ instruments }: Config): Promise<number> {
  const folder = recordingsIn(instruments.folder);
  const files = await listRecordings(folder);
  if (files.length === 0) {
    console.error(`There are no recordings in ${folder}; RECORD=on makes them`);
    return 0;
  }
  const listed: Listed[] = [];
  for (const file of files) {
    listed.push(await surveyDay(file, files).catch((error) => ({ file, failure: messageOf(error) })));
  }
  console.log(recordingsTable(listed));
  return listed.some((each) => "failure" in each) ? 1 : 0;
}
