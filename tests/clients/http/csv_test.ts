import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { csv } from "../../../lib/clients/http/csv.ts";
import { anyText } from "../../any_text.ts";

/** Reads a table as RFC 4180 has it. */
function read(text: string): string[][] {
  const rows: string[][] = [[]];
  const cells = text.replace(/^\ufeff/, "").matchAll(/("(?:[^"]|"")*"|[^,"\r\n]*)(,|\r\n|$)/gy);
  for (const [, cell, end] of cells) {
    rows.at(-1)!.push(cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!);
    if (end === "\r\n") rows.push([]);
    if (end === "") break;
  }
  return rows.slice(0, -1);
}

Deno.test("csv() is read back as it was, but for what a spreadsheet would run", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyText({ maxLength: 12 }), { minLength: 3, maxLength: 3 }), {
        maxLength: 5,
      }),
      (table) => {
        const names = ["a", "b", "c"];
        const written = csv(
          names,
          table.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i]]))),
        );
        const cells = read(written).slice(1).flat();
        deepEqual(cells.length, table.flat().length);
        table.flat().forEach((text, i) => {
          if (cells[i] === `'${text}`) ok(/^[=+\-@\t\r\n＝＋－＠]/.test(text), text);
          else equal(cells[i], text);
        });
      },
    ),
  );
});

Deno.test("no text of a cell begins like a formula; numbers are left as they are", () => {
  fc.assert(
    fc.property(fc.constantFrom(..."=+-@\t\r\n＝＋－＠"), fc.string(), (sign, rest) => {
      const [, [cell]] = read(csv(["a"], [{ a: sign + rest }])) as [unknown, [string]];
      equal(cell, `'${sign}${rest}`);
    }),
  );
  equal(csv(["a", "b"], [{ a: -1.5, b: null }]), "a,b\r\n-1.5,\r\n");
});

Deno.test("csv() is marked as UTF-8 where it is more than ASCII", () => {
  equal(csv(["a"], [{ a: "x" }]).charCodeAt(0), "a".charCodeAt(0));
  equal(csv(["a"], [{ a: "ü" }]).charCodeAt(0), 0xfeff);
});
