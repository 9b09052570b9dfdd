/** Reads JSON that may have comments and trailing commas. */
import { type JSONVisitor, type Node, parseTree, printParseErrorCode, visit } from 'jsonc-parser';

/** What a text says, or the first fault in it: where it is, and what is expected there. */
export type JsoncText = { readonly value: unknown } | { readonly fault: string };

const options = { allowTrailingComma: true };

/** Reads a whole text. A name that stands twice in an object is a fault, too. */
export function readJsonc(text: string): JsoncText {
  const fault = findFault(text);
  return fault === undefined ? { value: jsonOf(parseTree(text, [], options)) } : { fault };
}

const VALUE = 'a value';
const NAME = 'a name in double quotes';

/** An object or a list that has begun and not ended. */
interface Opened {
  readonly end: '}' | ']';
  readonly names: Set<string>;
}

function findFault(text: string): string | undefined {
  const opened: Opened[] = [];
  let expected = VALUE;
  let fault: string | undefined;
  const report = (problem: string, line: number, column: number): void => {
    fault ??= `line ${line + 1}, column ${column + 1}: expected ${problem}`;
  };
  const open = (end: Opened['end'], next: string) => (): void => {
    opened.push({ end, names: new Set() });
    expected = next;
  };
  const behindValue = (): void => {
    const end = opened.at(-1)?.end;
    expected = end === undefined ? 'the end of the file' : `a comma or ${end}`;
  };
  const close = (_offset: number, length: number): void => {
    if (length === 0) return; // at the end of the file, where the end of a list is missing
    opened.pop();
    behindValue();
  };
  const visitor: JSONVisitor = {
    onObjectBegin: open('}', NAME),
    onObjectProperty: (name, _offset, _length, line, column) => {
      const names = opened.at(-1)?.names;
      if (names?.has(name)) report(`each name once, got ${JSON.stringify(name)} again`, line, column);
      names?.add(name);
      expected = 'a colon';
    },
    onObjectEnd: close,
    onArrayBegin: open(']', VALUE),
    onArrayEnd: close,
    onLiteralValue: behindValue,
    onSeparator: (separator) => {
      expected = separator === ',' && opened.at(-1)?.end === '}' ? NAME : VALUE;
    },
    onError: (code, _offset, _length, line, column) => {
      const isInComment = printParseErrorCode(code) === 'UnexpectedEndOfComment';
      report(isInComment ? '*/ at the end of this comment' : expected, line, column);
    },
  };
  visit(text, visitor, options);
  return fault;
}

/** As JSON.parse makes it: `__proto__` is a name like any other. */
function jsonOf(node: Node | undefined): unknown {
  const children = node?.children ?? [];
  if (node?.type === 'array') return children.map(jsonOf);
  if (node?.type !== 'object') return node?.value;
  return Object.fromEntries(
    children.map(({ children: [name, value] = [] }) => [name?.value as string, jsonOf(value)]),
  );
}
