import type { HookSettings } from '../../src/config/hooks/hook-settings.ts';
import { relaySettings } from '../../src/config/relay-settings.ts';
import { type Asked, HookAsker, type HookSender } from '../../src/service/hooks/asked/hook-asker.ts';
import type { HookQuestion } from '../../src/service/hooks/asked/hook-question.ts';
import type { HookReply, HookRequest } from '../../src/service/hooks/hook-client.ts';
import { ownDialect } from '../../src/service/hooks/own-dialect.ts';
import { FakeClock } from './fake-clock.ts';
import { RecordingLog } from './recording-log.ts';

/** The settings of a hook, with the defaults. */
export function hookSettingsOf(hook: Partial<HookSettings>): HookSettings {
  const url = 'http://me:secret@127.0.0.1:9000/hook?token=secret';
  const { hooks } = relaySettings.parse({
    hooks: [{ events: ['connect', 'publish', 'play'], url, ...hook }],
  });
  return hooks[0] as HookSettings;
}

/** A question to play live/a. */
export function hookQuestion(question: Partial<HookQuestion> = {}): HookQuestion {
  return {
    ...{ event: 'play', verb: 'play', stream: 'live/a', session: 's1', protocol: 'rtmp' },
    ...{ address: '192.0.2.1', client: '', origin: undefined, isTls: false, query: '' },
    ...{ connectArgs: undefined, identity: undefined, sentQuery: '', clientUrls: undefined, shown: '' },
    ...question,
  };
}

/** A reply with a status and a body. */
export function replied(body: unknown, status = 200): HookReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { is: 'answer', status, location: undefined, text };
}

/** No connection. */
export const unreachable: HookReply = { is: 'fault', fault: 'connection', problem: 'cannot reach it' };

/** A hook whose server is played by the test, with its asker, on a clock that stands still. */
export class HookScene {
  readonly clock: FakeClock = new FakeClock();
  readonly log: RecordingLog = new RecordingLog();
  /** What was sent, and not answered yet. */
  readonly sent: { readonly request: HookRequest; answer(reply: HookReply): void }[] = [];
  /** What became of each question, with its duration. */
  readonly outcomes: string[] = [];
  /** How often the connections were closed in peace. */
  closed = 0;
  readonly asker: HookAsker;
  /** The reply to whatever is sent; undefined where the test answers by itself. */
  reply: HookReply | undefined;

  constructor(hook: Partial<HookSettings> = {}) {
    const client: HookSender = {
      send: (request, signal) => this.#send(request, signal),
      close: async () => {
        this.closed++;
      },
      destroy: () => {},
    };
    const events = {
      onAsked: (name: string, outcome: string, ms: number | undefined) =>
        this.outcomes.push(`${name} ${outcome} ${ms}`),
    };
    const host = { clock: this.clock, log: this.log, events };
    const dialect = ownDialect('me', () => {});
    this.asker = new HookAsker('hooks.0', hookSettingsOf(hook), client, dialect, host);
  }

  /** Asks; the time that passes is for answers, retries and deadlines. */
  ask(
    question: Partial<HookQuestion> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Asked> {
    return this.asker.ask(hookQuestion(question), signal);
  }

  /** Lets what is due happen, and what follows from that. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    this.clock.advance(ms);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  }

  #send(request: HookRequest, signal?: AbortSignal): Promise<HookReply> {
    if (this.reply !== undefined) {
      this.sent.push({ request, answer: () => {} });
      return Promise.resolve(this.reply);
    }
    return new Promise((resolve, reject) => {
      this.sent.push({ request, answer: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
      const { timeoutMs = 0 } = request;
      const problem = `no whole answer within ${timeoutMs} ms`;
      this.clock.after(timeoutMs, () => resolve({ is: 'fault', fault: 'timeout', problem }));
    });
  }
}
