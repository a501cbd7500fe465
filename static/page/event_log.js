/** What happened since the page was opened, newest first. */

const LOG_LENGTH = 200;

/** @param changed Called with each entry. */
export function createEventLog(now, changed) {
  const entries = [];
  let count = 0;
  return {
    entries,
    /** `level` is `good`, `plain`, `warn` or `bad`. */
    note(level, text) {
      count++;
      entries.unshift({ id: count, at: now(), level, text });
      if (entries.length > LOG_LENGTH) entries.pop();
      changed();
    },
    get count() {
      return count;
    },
  };
}
