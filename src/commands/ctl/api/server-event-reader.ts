/** One server-sent event. */
export interface ServerEvent {
  /** Where to go on after it; empty where it has none. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** More of one event is not kept, characters. */
const MAX_EVENT_LENGTH = 4 * 2 ** 20;

/** Reads server-sent events as their bytes come. @see HTML Living Standard 9.2.6 */
export class ServerEventReader {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #id = '';
  #type = '';
  #data: string[] = [];
  #length = 0;

  /** Where to go on after what has come so far; empty where that was not said. */
  get lastId(): string {
    return this.#id;
  }

  /** The events that are complete with these bytes. @throws RangeError when one is too long */
  push(bytes: Uint8Array): readonly ServerEvent[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n'); // a relay writes no lone CR
    this.#rest = lines.pop() ?? '';
    const events = lines.flatMap((line) => this.#take(line.replace(/\r$/, '')) ?? []);
    if (this.#length + this.#rest.length > MAX_EVENT_LENGTH)
      throw new RangeError(`an event of more than ${MAX_EVENT_LENGTH} characters`);
    return events;
  }

  #take(line: string): ServerEvent | undefined {
    if (line === '') return this.#complete();
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'id') this.#id = value;
    else if (field === 'event') this.#type = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#length += value.length;
    }
    return undefined;
  }

  #complete(): ServerEvent | undefined {
    const event = { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') };
    const isEvent = this.#data.length > 0;
    [this.#type, this.#data, this.#length] = ['', [], 0];
    return isEvent ? event : undefined;
  }
}
