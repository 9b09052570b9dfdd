import type { HookReply } from '../hook-client.ts';
import { type PostedBody, type Preset, type PresetCall, presetActivity } from '../presets/preset.ts';
import type { Delivery, DeliveryOutcome, PreparedEvent } from './delivery.ts';
import { eventBody, withLosses } from './event-body.ts';
import type { ToldEvent } from './told-event.ts';

/** What it takes to keep an event besides its body, bytes. */
const EVENT_BYTES = 512;

/** What of a hook's client it takes to tell it something. */
export interface EventSender {
  send(
    request: { readonly id: string; readonly contentType: string; readonly body: string },
    signal: AbortSignal,
  ): Promise<HookReply>;
  destroy(): void;
}

/** What is sent for an event. */
export interface EventRequest extends PostedBody {
  readonly id: string;
}

/** How a hook is told. */
export interface RequestOptions {
  readonly parallel: number;
  readonly retries: number;
  /** The name of the relay. */
  readonly relay: string;
  /** Undefined where the bodies are our own. */
  readonly preset: Preset | undefined;
}

/** Tells events by posting them to a hook's server; any status of 2xx says that it has got one. */
export class RequestDelivery implements Delivery<EventRequest> {
  readonly parallel: number;
  readonly retries: number;
  readonly #options: RequestOptions;
  readonly #sender: EventSender;

  constructor(sender: EventSender, options: RequestOptions) {
    this.parallel = options.parallel;
    this.retries = options.retries;
    this.#sender = sender;
    this.#options = options;
  }

  prepare(event: ToldEvent): PreparedEvent<EventRequest> | undefined {
    const posted = this.#encode(event);
    if (posted === undefined) return undefined;
    return { item: { id: event.id, ...posted }, bytes: EVENT_BYTES + 2 * posted.text.length };
  }

  async deliver(request: EventRequest, lost: number, signal: AbortSignal): Promise<DeliveryOutcome> {
    const { id, contentType, text } = request;
    const body = this.#options.preset === undefined ? withLosses(text, lost) : text;
    const reply = await this.#sender.send({ id, contentType, body }, signal);
    if (reply.is === 'fault')
      return { is: reply.fault === 'answer' ? 'refused' : 'away', problem: reply.problem };
    const { status } = reply;
    if (status >= 200 && status < 300) return { is: 'told' };
    return { is: isAway(status) ? 'away' : 'refused', problem: `it answered ${status}` };
  }

  close(): void {
    this.#sender.destroy();
  }

  #encode(event: ToldEvent): PostedBody | undefined {
    const { preset, relay } = this.#options;
    if (preset === undefined)
      return { contentType: 'application/json', text: JSON.stringify(eventBody(event, relay)) };
    const call = presetCallOf(event);
    return call === undefined ? undefined : preset.encode(call);
  }
}

/** Whether nobody stands behind the one that answers, or it cannot take any more. */
function isAway(status: number): boolean {
  return [429, 502, 503, 504].includes(status);
}

/** The same in the words of presets, which have none for streams and other servers. */
function presetCallOf(event: ToldEvent): PresetCall | undefined {
  if (!('subject' in event)) return undefined;
  const { subject, durationMs } = event;
  if (!('activity' in event)) return { call: event.event, subject };
  const activity = presetActivity(event.activity);
  if (event.event !== 'recheck') return { call: activity, subject };
  return { call: 'update', subject, activity, durationMs };
}
