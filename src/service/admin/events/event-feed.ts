import { randomBytes } from 'node:crypto';
import { bugText } from '../../../errors.ts';
import type { Log, LoggedWarning } from '../../../log.ts';
import { type Clock, every } from '../../../stream/clock.ts';
import { EventAllowances } from './event-allowances.ts';
import { ANY, EventRing, type SentEvent, sentText } from './event-ring.ts';
import { type EventSink, EventSubscriber, type EventWish } from './event-subscriber.ts';
import type { FeedEvent, GapEvent, ServiceEvent } from './service-event.ts';
import { StatusPulse } from './status-pulse.ts';
import { warningEvent } from './warning-event.ts';

/** More do not follow at a time. */
export const MAX_SUBSCRIBERS = 32;

/** What is kept of the latest events. */
const RING = { events: 5000, bytes: 2 ** 20 };

/** So many events are told in a second that who asks for changes can cause, be they let in or not. */
const MOST_PER_SECOND = { audit: 50 };

/** So long after the last subscriber has gone events are kept for its return, milliseconds. */
const LINGER_MS = 300_000;

/** A subscriber hears something at least so often, milliseconds: proxies close what is silent. */
export const COMMENT_MS = 15_000;

/** A subscriber's right is looked at again so often, milliseconds: that of a token may end. */
const RECHECK_MS = 60_000;

/** How soon whoever has lost the connection is to come back, milliseconds. */
const RETRY_MS = 2000;

/** What the feed needs of the service. */
export interface EventFeedHost {
  readonly clock: Clock;
  readonly log: Log;
  /** Makes events of what happens from now on; called when somebody comes who wants to hear of it. @returns ends it */
  follow(): () => void;
  /** How the service does, as the event `status` says it. */
  status(): Promise<object>;
}

type State =
  | { readonly is: 'asleep' }
  /** Events are made, and kept; `stopLinger` where nobody is there to hear them. */
  | { readonly is: 'awake'; readonly stops: readonly (() => void)[]; stopLinger: () => void }
  | { readonly is: 'closed' };

/** The events `E` of a service, and those that every service has, for those who follow them. As long as nobody has asked, nothing is made of what happens but the latest warnings. */
export class EventFeed<E extends FeedEvent = FeedEvent> {
  readonly #host: EventFeedHost;
  readonly #ring = new EventRing(randomBytes(6).toString('hex'), RING);
  readonly #pulse: StatusPulse;
  /** Who is refused can ask again and again. */
  readonly #allowances: EventAllowances<'audit'>;
  readonly #subscribers = new Set<EventSubscriber>();
  #state: State = { is: 'asleep' };

  constructor(host: EventFeedHost) {
    this.#host = host;
    this.#allowances = new EventAllowances(host.clock, MOST_PER_SECOND, (gap) => this.tell(gap));
    this.#pulse = new StatusPulse(
      host.clock,
      () => host.status(),
      (text) => this.#send({ about: 'status', text }),
    );
  }

  /** Whether events are made of what happens. */
  get isAwake(): boolean {
    return this.#state.is === 'awake';
  }

  /** Whether anybody may come who wants to follow. */
  get hasRoom(): boolean {
    return this.#state.is !== 'closed' && this.#subscribers.size < MAX_SUBSCRIBERS;
  }

  /** Something has happened; where nobody follows that is nothing. */
  tell(event: E | ServiceEvent): void {
    if (this.#state.is !== 'awake') return;
    if (event.type === 'audit' && !this.#allowances.take('audit')) return;
    this.#send(this.#ring.add(event));
  }

  /** Somebody follows from now on; to be asked for only while there {@link hasRoom}. @returns to be called when it has gone */
  subscribe(wish: EventWish, sink: EventSink): () => void {
    const subscriber = new EventSubscriber(wish, sink, (gone) => this.#onGone(gone));
    if (!this.hasRoom) {
      subscriber.end();
      return () => {};
    }
    const awake = this.#wake();
    awake.stopLinger();
    this.#subscribers.add(subscriber);
    subscriber.begin(`retry: ${RETRY_MS}\n${this.#beginningFor(subscriber, wish.after)}`);
    if (subscriber.follows('status')) this.#pulse.add(subscriber);
    return () => {
      subscriber.leave();
      this.#onGone(subscriber);
    };
  }

  /** The settings have changed: whoever may not follow by these is let go. */
  recheck(): void {
    for (const subscriber of this.#subscribers) {
      subscriber.mayGoOn().then(
        (mayGoOn) => {
          if (!mayGoOn) subscriber.end();
        },
        (error: unknown) => {
          this.#host.log.error('bug', bugText(error));
          subscriber.end();
        },
      );
    }
  }

  /** The service stops: nobody follows any more. */
  close(): void {
    this.#sleep();
    this.#state = { is: 'closed' };
    for (const subscriber of [...this.#subscribers]) subscriber.end();
  }

  #send(event: Pick<SentEvent, 'about' | 'text'>): void {
    for (const subscriber of this.#subscribers) subscriber.send(event);
  }

  /** What came before, as far as it is wanted and kept; behind it an id from which to go on. */
  #beginningFor(subscriber: EventSubscriber, after: string | undefined): string {
    const missed = after === undefined ? [] : this.#ring.after(after);
    const kept = missed ?? this.#ring.all;
    const isNew = after === undefined || missed === undefined;
    const texts = kept.filter(({ about }) => about === ANY || subscriber.follows(about));
    return [
      missed === undefined ? sentText(notKept()) : '',
      ...(isNew && subscriber.follows('warning') ? this.#warningsBefore(kept[0]) : []),
      ...texts.map(({ text }) => text),
      `id: ${this.#ring.lastId}\n\n`,
    ].join('');
  }

  /** @param first - of what follows; a warning that is among that is not told twice */
  #warningsBefore(first: SentEvent | undefined): string[] {
    const since = first === undefined ? Number.POSITIVE_INFINITY : first.at;
    const before = this.#host.log.warnings.all.filter(({ at }) => at < since);
    return before.map((warning) => sentText(warningEvent(warning)));
  }

  #wake(): State & { readonly is: 'awake' } {
    if (this.#state.is === 'awake') return this.#state;
    const { clock, log } = this.#host;
    const onWarning = (warning: LoggedWarning): void => this.tell(warningEvent(warning));
    const stops = [
      this.#host.follow(),
      log.warnings.follow(onWarning),
      every(clock, COMMENT_MS, () => {
        for (const subscriber of this.#subscribers) subscriber.write(': \n\n');
      }),
      every(clock, RECHECK_MS, () => this.recheck()),
    ];
    const state = { is: 'awake', stops, stopLinger: () => {} } as const;
    this.#state = state;
    return state;
  }

  #sleep(): void {
    if (this.#state.is !== 'awake') return;
    this.#state.stopLinger();
    for (const stop of this.#state.stops) stop();
    this.#allowances.close();
    this.#state = { is: 'asleep' };
    this.#ring.forget();
  }

  #onGone(subscriber: EventSubscriber): void {
    this.#pulse.remove(subscriber);
    if (!this.#subscribers.delete(subscriber) || this.#subscribers.size > 0) return;
    if (this.#state.is === 'awake')
      this.#state.stopLinger = this.#host.clock.after(LINGER_MS, () => this.#sleep());
  }
}

function notKept(): GapEvent {
  const at = new Date().toISOString();
  return { type: 'gap', data: { at, what: 'not-kept', of: null, count: null } };
}
