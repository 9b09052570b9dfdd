import type { FeedEvent, GapNews } from './service-event.ts';

/** What an event is about that everybody hears. */
export const ANY = 'any';

/** An event as it goes out to whoever follows. */
export interface SentEvent {
  /** Counts up from 1. */
  readonly number: number;
  /** When it was told, milliseconds since 1970. */
  readonly at: number;
  /** To those it is told who follow events of this type, and of a gap to those who follow what is missing; {@link ANY}: to all. */
  readonly about: string;
  /** In the form of server-sent events. */
  readonly text: string;
}

/** An event in the form of server-sent events. @param id - empty for one that cannot be gone on from */
export function sentText({ type, data }: FeedEvent, id = ''): string {
  return `${id === '' ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The latest events, numbered, so that whoever was away for a while can go on. */
export class EventRing {
  readonly #run: string;
  readonly #most: { readonly events: number; readonly bytes: number };
  #events: SentEvent[] = [];
  #bytes = 0;
  #last = 0;
  /** What came up to this number is not kept. */
  #from = 0;

  /** @param run - names this run of the service, without a hyphen */
  constructor(run: string, most: { readonly events: number; readonly bytes: number }) {
    this.#run = run;
    this.#most = most;
  }

  /** Where whoever has heard everything so far goes on. */
  get lastId(): string {
    return this.#idOf(this.#last);
  }

  /** Keeps an event; the oldest make room. */
  add(event: FeedEvent): SentEvent {
    const number = ++this.#last;
    const about = event.type === 'gap' ? ((event.data as GapNews).of ?? ANY) : event.type;
    const at = Date.parse(event.data.at);
    const sent: SentEvent = { number, at, about, text: sentText(event, this.#idOf(number)) };
    this.#events.push(sent);
    this.#bytes += sent.text.length;
    while (this.#events.length > this.#most.events || this.#bytes > this.#most.bytes) this.#drop();
    return sent;
  }

  /** All that came after this one; undefined where some of that is not kept, or the id is none of this run. */
  after(id: string): readonly SentEvent[] | undefined {
    const number = this.#numberOf(id);
    if (number === undefined || number < this.#from || number > this.#last) return undefined;
    return this.#events.filter((event) => event.number > number);
  }

  /** Everything that is kept. */
  get all(): readonly SentEvent[] {
    return this.#events;
  }

  /** Keeps nothing of what was, nor of what comes until the next {@link add}: whoever goes on from before has missed something. */
  forget(): void {
    this.#events = [];
    this.#bytes = 0;
    this.#from = ++this.#last;
  }

  #drop(): void {
    const oldest = this.#events.shift();
    if (oldest === undefined) return;
    this.#bytes -= oldest.text.length;
    this.#from = oldest.number;
  }

  #idOf(number: number): string {
    return `${this.#run}-${number}`;
  }

  #numberOf(id: string): number | undefined {
    const [, run, number] = /^([0-9A-Za-z]+)-(\d{1,15})$/.exec(id) ?? [];
    return run === this.#run ? Number(number) : undefined;
  }
}
