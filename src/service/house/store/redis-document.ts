import type { Edition } from './decision-record.ts';
import { StoreError } from './house-store.ts';
import type { RedisLink } from './redis-link.ts';

/** Puts a new edition where the one that it follows is still there, and tells all houses; else gives what is there. */
const PUT_SCRIPT = `
local held = redis.call('HGET', KEYS[1], 'stamp') or ''
if held ~= ARGV[1] then return redis.call('HMGET', KEYS[1], 'stamp', 'text') end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'text', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return {}
`;

/** What a document in Redis needs. */
export interface RedisDocumentHost<T extends Edition> {
  readonly link: Pick<RedisLink, 'ask'>;
  readonly key: string;
  readonly channel: string;
  /** Tells other houses that there is a new edition. */
  readonly announcement: string;
  write(document: T): string;
  /** @throws StoreError */
  read(text: string): T;
  /** Another edition holds. */
  onChange(document: T): void;
}

/** Something that all houses share: whoever changes it changes the latest edition. */
export class RedisDocument<T extends Edition> {
  readonly #host: RedisDocumentHost<T>;
  #current: T;
  /** What Redis had last; empty where it had nothing. */
  #held = '';
  /** One question after the other. */
  #work: Promise<unknown> = Promise.resolve();

  /** @param current - what this house knows from before */
  constructor(host: RedisDocumentHost<T>, current: T) {
    this.#host = host;
    this.#current = current;
  }

  get current(): T {
    return this.#current;
  }

  /**
   * Takes what Redis has, or gives it back what it has lost: of two editions of one line the later one holds, of two lines that of Redis.
   * @throws StoreError where Redis does not do what it is asked, or has what nobody understands
   */
  synchronize(): Promise<void> {
    return this.#inTurn(() => this.#synchronize());
  }

  /**
   * Puts the next edition, unless Redis has another one than is known here: then that one holds from now on.
   * @param next - made of the current one; undefined for the same
   */
  put(next: (current: T) => T | undefined): Promise<'put' | 'same' | 'behind'> {
    return this.#inTurn(async () => {
      const edition = next(this.#current);
      if (edition === undefined) return 'same';
      if (!(await this.#put(edition))) return 'behind';
      this.#current = edition;
      this.#host.onChange(edition);
      return 'put';
    });
  }

  async #synchronize(): Promise<void> {
    const { link, key } = this.#host;
    const held = textOf(await link.ask('HGET', key, 'stamp'));
    if (held === stampOf(this.#current)) this.#held = held;
    else if (held === '' && this.#current.revision === 0) this.#held = '';
    else if (held === '' || this.#isBehind(held)) {
      this.#held = held;
      await this.#put(this.#current);
    } else this.#take(await link.ask('HMGET', key, 'stamp', 'text'));
  }

  async #put(next: T): Promise<boolean> {
    const { link, key, channel, announcement, write } = this.#host;
    const stamp = stampOf(next);
    const put = ['EVAL', PUT_SCRIPT, '1', key, this.#held, stamp, write(next), channel, announcement];
    const answer = await link.ask(...put);
    if (Array.isArray(answer) && answer.length === 0) {
      this.#held = stamp;
      return true;
    }
    this.#take(answer);
    return false;
  }

  #inTurn<R>(act: () => Promise<R>): Promise<R> {
    const done = this.#work.then(act);
    this.#work = done.catch(() => {});
    return done;
  }

  #isBehind(held: string): boolean {
    const { line, revision } = this.#current;
    const [heldLine, heldRevision] = held.split(':');
    return heldLine === line && Number(heldRevision) < revision;
  }

  #take(answer: unknown): void {
    const [stamp, text] = Array.isArray(answer) ? answer.map(textOf) : [];
    if (stamp === undefined || text === undefined) throw new StoreError(`${this.#host.key} is gone again`);
    let document: T;
    try {
      document = this.#host.read(text);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      throw new StoreError(`what it has under ${this.#host.key} ${error.message}`);
    }
    this.#held = stamp;
    if (stampOf(document) === stampOf(this.#current)) return;
    this.#current = document;
    this.#host.onChange(document);
  }
}

function stampOf({ line, revision, id }: Edition): string {
  return `${line}:${revision}:${id}`;
}

function textOf(answer: unknown): string {
  return typeof answer === 'string' ? answer : '';
}
