/** Calls `then` at once with a value, or later with what a promise brings. */
export function ready<Value>(value: Value | Promise<Value>, then: (value: Value) => void): void {
  if (value instanceof Promise) value.then(then);
  else then(value);
}
