/** What S3 answers: small documents of XML, without attributes that say anything. */
import { SaxesParser } from 'saxes';

/** An element, with the text that stands in it itself. */
export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** A list has a thousand entries, each with some ten elements. */
const MAX_ELEMENTS = 30_000;
const MAX_DEPTH = 8;

/**
 * Reads a document. What it could have besides elements and text (a document type with entities of its own) is refused.
 * @throws Error with a sentence that repeats nothing of the document
 */
export function readXml(document: string): XmlElement {
  const parser = new SaxesParser({ xmlns: false });
  const top = { name: '', text: '', children: [] as OpenElement[] };
  const open: OpenElement[] = [top];
  let count = 0;
  parser.on('error', () => {
    throw new Error('it is no XML');
  });
  parser.on('doctype', () => {
    throw new Error('it has a document type');
  });
  parser.on('opentag', ({ name }) => {
    count += 1;
    if (count > MAX_ELEMENTS) throw new Error(`it has more than ${MAX_ELEMENTS} elements`);
    if (open.length > MAX_DEPTH) throw new Error(`it has elements ${MAX_DEPTH + 1} deep`);
    const element: OpenElement = { name, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (text: string): void => {
    const last = open.at(-1);
    if (last !== undefined && last !== top) last.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(document.trimStart()).close(); // spaces come first where a storage has kept its client waiting
  const [root] = top.children;
  if (root === undefined) throw new Error('it is empty');
  return root;
}

/** The text of the first child of that name; undefined where there is none. */
export function textOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

/** The children of that name. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/**
 * The code of an error, such as `NoSuchBucket`; undefined where the document is none of an error. Nothing else of it is fit to be shown:
 * some storages repeat the key's id there, and what they have signed.
 */
export function errorCodeOf(document: string): string | undefined {
  try {
    const root = readXml(document);
    const code = root.name === 'Error' ? textOf(root, 'Code') : undefined;
    return code !== undefined && /^[A-Za-z.]{1,64}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** A text as it may stand in an element. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: OpenElement[];
}
