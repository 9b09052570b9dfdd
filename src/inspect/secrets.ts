import {
  type AmfObject,
  type AmfValue,
  EcmaArray,
  isAmf3Only,
  TypedObject,
  Xml,
  XmlDocument,
} from '../protocol/amf/amf-value.ts';
import { propertiesOf } from '../protocol/rtmp/message/command-message.ts';
import { Redaction } from '../redaction.ts';
import type { Content } from './content.ts';
import type { Found, InspectRecord } from './record.ts';

const HIDDEN = '***';

/** Properties that hold a secret by their name. */
const secretName = /pass|secret|token|auth|signature|credential|(?:^|[^a-z])key|Key$/;
/** Headers likewise. */
const secretHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
]);
/** Commands whose stream name lets whoever knows it publish. */
const publishing: ReadonlySet<string> = new Set(['publish', 'releaseStream', 'FCPublish', 'FCUnpublish']);

/** Shorter ones may stand in a text by chance, characters: of a stream's name, and of anything else. */
const SHORTEST_NAME = 3;
const SHORTEST_SECRET = 6;

/** So many secrets of a connection are looked for in what else is said on it. */
const MAX_SECRETS = 32;
/** As long as names and values of queries are, characters; of longer ones the beginning is looked for. */
const MAX_SECRET_LENGTH = 256;

/** Hides secrets in what is said on one connection: queries, passwords, tokens, names that are published to, wherever they turn up. */
export class ConnectionSecrets {
  readonly #secrets = new Set<string>();
  #redaction = new Redaction([]);

  /** The record as it may be shown. */
  hide(record: InspectRecord): InspectRecord {
    return { ...record, ...this.#found(record) };
  }

  #found(found: Found): Found {
    switch (found.is) {
      case 'http': {
        this.#learnQuery(found.line.split(' ')[1] ?? '');
        const headers = found.headers.map(([name, value]): readonly [string, string] => [
          name,
          secretHeaders.has(name.toLowerCase()) ? HIDDEN : this.#text(value),
        ]);
        const line = found.line
          .replace(/\?\S*/, `?${HIDDEN}`)
          .replace(/\/(send|idle|close)\/[^/\s]+\//, `/$1/${HIDDEN}/`); // whoever knows the id speaks for the tunnel
        return { ...found, line, headers };
      }
      case 'message':
      case 'tag':
        return { ...found, content: this.#content(found.content) };
      default:
        return found;
    }
  }

  #content(content: Content): Content {
    switch (content.is) {
      case 'command':
        return { ...content, args: this.#args(content.name, content.args) };
      case 'data':
        return { ...content, values: content.values.map((value) => this.#value(value)) };
      case 'shared-object':
        return { ...content, name: this.#text(content.name) };
      case 'aggregate':
        return {
          ...content,
          parts: content.parts.map((part) => ({ ...part, content: this.#content(part.content) })),
        };
      default:
        return content;
    }
  }

  #args(name: string, args: readonly AmfValue[]): AmfValue[] {
    if (name === 'connect') {
      for (const value of Object.values(propertiesOf(args[0])))
        if (typeof value === 'string') this.#learnQuery(value);
      for (const value of args.slice(1)) if (typeof value === 'string') this.#learn(value);
      return args.map((value, i) => this.#value(value, i > 0));
    }
    const stream = args[1];
    if (typeof stream === 'string') {
      this.#learnQuery(stream);
      if (publishing.has(name)) this.#learn(stream.replace(/\?.*/s, ''), SHORTEST_NAME);
    }
    return args.map((value, i) => this.#value(value, publishing.has(name) && i === 1));
  }

  /** @param isSecret - no text in it is shown */
  #value(value: AmfValue, isSecret = false, known = new Map<object, AmfValue>()): AmfValue {
    if (typeof value === 'string') return isSecret ? HIDDEN : this.#text(value);
    if (typeof value !== 'object' || value === null || value instanceof Date) return value;
    const seen = known.get(value);
    if (seen !== undefined) return seen;
    if (value instanceof XmlDocument || value instanceof Xml)
      return new XmlDocument(isSecret ? HIDDEN : this.#text(value.text));
    if (Array.isArray(value)) {
      const array: AmfValue[] = [];
      known.set(value, array);
      for (const item of value) array.push(this.#value(item, isSecret, known));
      return array;
    }
    const properties: AmfObject = Object.create(null);
    if (value instanceof EcmaArray) {
      const dense: AmfValue[] = [];
      known.set(value, new EcmaArray(properties, dense));
      for (const item of value.dense) dense.push(this.#value(item, isSecret, known));
    } else if (value instanceof TypedObject) known.set(value, new TypedObject(value.className, properties));
    else if (isAmf3Only(value))
      return `(${value.constructor.name})`; // nobody sends these where it would matter
    else known.set(value, properties);
    for (const [key, item] of Object.entries(propertiesOf(value)))
      properties[key] = this.#value(item, isSecret || secretName.test(key), known);
    return known.get(value);
  }

  #text(text: string): string {
    const shown = text
      .replace(/(\w+:\/\/)[^/?#\s]*@/g, `$1${HIDDEN}@`)
      .replace(/\?[^\s"]*=[^\s"]*/g, `?${HIDDEN}`);
    return this.#secrets.size === 0 ? shown : this.#redaction.hide(shown);
  }

  #learnQuery(text: string): void {
    const query = /\?(.*)$/s.exec(text)?.[1];
    if (query === undefined) return;
    for (const pair of query.split('&')) this.#learn(pair.slice(pair.indexOf('=') + 1));
  }

  #learn(secret: string, shortest: number = SHORTEST_SECRET): void {
    const known = secret.slice(0, MAX_SECRET_LENGTH);
    if (known.length < shortest || this.#secrets.has(known) || this.#secrets.size === MAX_SECRETS) return;
    this.#secrets.add(known);
    this.#redaction = new Redaction([...this.#secrets]);
  }
}
