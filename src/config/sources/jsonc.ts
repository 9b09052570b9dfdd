/** Reads JSON that may have comments and trailing commas, and knows where in the text everything stands. */
import type { JSONVisitor, Node, ParseErrorCode } from 'jsonc-parser';
import { displayUrls } from '../../url-secrets.ts';
import { type SettingPath, shortened } from '../setting-schema.ts';
import { jsoncLibrary } from './jsonc-library.ts';

/** A character of a text, line and column counted from 1, the column in UTF-16 code units. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a text. */
export interface TextFault {
  /** Undefined where it is about the text as a whole. */
  readonly place: TextPlace | undefined;
  /** Of the value in the text, if it is about one. */
  readonly path: SettingPath;
  readonly problem: string;
}

/** What a text says and what is wrong with it. */
export interface JsoncText {
  /** Undefined where the text cannot be understood. */
  readonly value: unknown;
  /** Why it cannot be understood, or else every name that stands twice in an object. */
  readonly faults: readonly TextFault[];
  /** Where a value stands, with its name; of one that is not there, the innermost object or list that lacks it. */
  placeOf(path: SettingPath): TextPlace | undefined;
}

const options = { allowTrailingComma: true };

/** Deeper values are none that anybody writes; the parser descends by calling itself. */
const MAX_DEPTH = 64;

/** Reads a whole text. @param isSecret - whether faults show none of its texts */
export function readJsonc(text: string, isSecret = false): JsoncText {
  const broken = syntaxFault(text, isSecret);
  if (broken !== undefined) {
    const place = placeIn(text, broken.offset);
    const fault = { place, path: [], problem: broken.message };
    return { value: undefined, faults: [fault], placeOf: () => place };
  }
  const root = jsoncLibrary().parseTree(text, [], options) as Node;
  const placeAt = placesIn(text);
  const faults = [...repeatedNames(root)].map(({ path, first, offset }) => ({
    place: placeAt(offset),
    path,
    problem: `given twice, first on ${placeText(placeAt(first))}`,
  }));
  return { value: jsonOf(root), faults, placeOf: (path) => placeAt(offsetOf(root, path)) };
}

/** The same as {@link placeIn} for one text again and again: it is read through once, when the first place is asked for. */
function placesIn(text: string): (offset: number) => TextPlace {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), ({ index, 0: end }) => index + end.length)];
    let [line, behind] = [0, starts.length]; // the line is this one or one behind it
    while (behind - line > 1) {
      const middle = (line + behind) >> 1;
      if ((starts[middle] as number) <= offset) line = middle;
      else behind = middle;
    }
    return { line: line + 1, column: offset - (starts[line] as number) + 1 };
  };
}

/** The place of a character by its number. */
export function placeIn(text: string, offset: number): TextPlace {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 };
}

/** As people say it: `line 3, column 5`; empty for no place. */
export function placeText(place: TextPlace | undefined): string {
  return place === undefined ? '' : `line ${place.line}, column ${place.column}`;
}

const VALUE = 'expected a value';
const NAME = 'expected a name in double quotes';

/** Faults inside of a comment, text or number, which say what is wrong themselves. */
const tokenFaults: Readonly<Record<string, string>> = {
  UnexpectedEndOfComment: 'expected */ at the end of this comment',
  UnexpectedEndOfString: 'expected a closing " for the text that begins here',
  UnexpectedEndOfNumber: 'expected a digit at the end of this number',
  InvalidUnicode: 'expected four hexadecimal digits after \\u in this text',
  InvalidEscapeCharacter: 'expected \\\\ for each backslash in this text',
  InvalidCharacter: 'expected no control characters in this text',
};

/** Ends the reading at the first fault. */
class SyntaxFault extends Error {
  readonly offset: number;
  constructor(offset: number, problem: string) {
    super(problem);
    this.offset = offset;
  }
}

function syntaxFault(text: string, isSecret: boolean): SyntaxFault | undefined {
  try {
    jsoncLibrary().visit(text, syntaxVisitor(text, isSecret), options);
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error;
    throw error;
  }
}

/** Throws a SyntaxFault at the first fault. */
function syntaxVisitor(text: string, isSecret: boolean): JSONVisitor {
  const ends: ('}' | ']')[] = []; // of the objects and lists that have begun
  let expected = VALUE;
  const open = (end: '}' | ']', next: string) => (offset: number) => {
    if (ends.push(end) > MAX_DEPTH) throw new SyntaxFault(offset, `expected at most ${MAX_DEPTH} levels`);
    expected = next;
  };
  const behindValue = (): void => {
    const end = ends.at(-1);
    expected = end === undefined ? 'expected nothing more' : `expected a comma or ${end}`;
  };
  const close = (_offset: number, length: number): void => {
    if (length === 0) return; // at the end of the text, where the end of a list is missing
    ends.pop();
    behindValue();
  };
  return {
    onObjectBegin: open('}', NAME),
    onObjectProperty: () => {
      expected = 'expected a colon';
    },
    onObjectEnd: close,
    onArrayBegin: open(']', VALUE),
    onArrayEnd: close,
    onLiteralValue: behindValue,
    onSeparator: (separator) => {
      expected = separator === ',' && ends.at(-1) === '}' ? NAME : VALUE;
    },
    onError: (code, offset, length) => {
      const found = tokenText(text.slice(offset, offset + length), isSecret);
      throw new SyntaxFault(
        offset,
        tokenFaults[jsoncLibrary().printParseErrorCode(code as ParseErrorCode)] ?? `${expected}, ${found}`,
      );
    },
  };
}

function tokenText(token: string, isSecret: boolean): string {
  if (token === '') return 'but the text ends here';
  if (isSecret && token.length > 1) return token.startsWith('"') ? 'got a text' : 'got a word';
  const visible = displayUrls(token, true).replace(
    /[\p{C}\p{Z}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `got ${shortened(visible, 40)}`;
}

/** Names that an object has more than once, each time but the first. */
function* repeatedNames(
  node: Node,
  path: SettingPath = [],
): Generator<{ readonly path: SettingPath; readonly first: number; readonly offset: number }> {
  const seen = new Map<string, number>();
  for (const [index, child] of (node.children ?? []).entries()) {
    const [name, value] = node.type === 'object' ? (child.children ?? []) : [undefined, child];
    const inner = [...path, (name?.value as string | undefined) ?? index];
    if (name !== undefined) {
      const first = seen.get(name.value as string);
      if (first === undefined) seen.set(name.value as string, name.offset);
      else yield { path: inner, first, offset: name.offset };
    }
    if (value !== undefined) yield* repeatedNames(value, inner);
  }
}

/** Of a name that stands twice the last one, whose value counts. */
function offsetOf(root: Node, path: SettingPath): number {
  let { offset } = root;
  let node: Node | undefined = root;
  for (const step of path) {
    const member: Node | undefined =
      typeof step === 'number'
        ? node?.children?.[step]
        : node?.children?.findLast(({ children: [name] = [] }) => name?.value === step);
    if (member === undefined) break;
    offset = member.offset;
    node = member.type === 'property' ? member.children?.[1] : member;
  }
  return offset;
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
