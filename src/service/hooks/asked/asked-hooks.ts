import { isDeepStrictEqual } from 'node:util';
import type { HookEvent, HookSettings } from '../../../config/hooks/hook-settings.ts';
import { type Log, printable } from '../../../log.ts';
import type { AskedHookSample } from '../../../metrics/metrics-source.ts';
import type { AmfValue } from '../../../protocol/amf/amf-value.ts';
import type { CallHandlers } from '../../../session/calls/call-handlers.ts';
import type { ClientCall } from '../../../session/calls/client-call.ts';
import type { Connect } from '../../../session/upstream/server-connector.ts';
import { displayServerUrl } from '../../../url-secrets.ts';
import type { AccessRule } from '../../access/rule.ts';
import type { QuestionDialect } from '../dialect.ts';
import type { FunctionHook } from '../functions/function-hooks.ts';
import { HookClient } from '../hook-client.ts';
import { hookSecret } from '../hook-secret.ts';
import type { HookState } from '../hook-state.ts';
import { ownDialect } from '../own-dialect.ts';
import { presetDialect } from '../presets/preset-dialect.ts';
import { presetOf } from '../presets/presets.ts';
import type { AnswerSubject } from './answer-store.ts';
import { HookAsker, type HookAskerHost, type HookSender } from './hook-asker.ts';
import { answerByHook } from './hook-call.ts';
import { hookRule } from './hook-rule.ts';

/** So many unknown fields in answers of one hook are told. */
const MAX_UNKNOWN_TOLD = 10;

/** What hooks that are asked need of the relay. */
export interface AskedHooksHost extends HookAskerHost {
  readonly connect: Connect;
  /** As hooks know this one. */
  readonly relayName: string;
  /** Hooks that are functions: they are asked before those of the configuration. */
  readonly functions?: readonly FunctionHook[];
}

interface HookToAsk {
  readonly name: string;
  readonly settings: HookSettings;
  readonly secret: string | undefined;
  /** Takes the questions in place of a server. */
  readonly sender?: HookSender;
}

interface Entry extends Omit<HookToAsk, 'name'> {
  readonly asker: HookAsker;
}

/** The hooks that are asked, as the configuration has them; the first of them that names calls answers those of clients. */
export class AskedHooks implements CallHandlers {
  readonly #host: AskedHooksHost;
  #entries: readonly Entry[] = [];

  constructor(host: AskedHooksHost) {
    this.#host = host;
  }

  /**
   * Takes other hooks over. One that has not changed keeps what it has answered; one that is gone is left when all that it was asked
   * is answered.
   * @throws CredentialFileError when the file of a secret cannot be used: then nothing has changed
   */
  configure(hooks: readonly HookSettings[]): void {
    const before = this.#entries;
    const configured = hooks.flatMap((settings, index): HookToAsk[] => {
      if (!isAsked(settings)) return [];
      return [{ name: `hooks.${index}`, settings, secret: hookSecret(settings) }];
    });
    const functions = (this.#host.functions ?? []).filter(({ settings }) => isAsked(settings));
    const wanted = [...functions.map((hook) => ({ ...hook, secret: undefined })), ...configured];
    this.#entries = wanted.map((hook) => {
      const { name, settings, secret } = hook;
      const same = before.find(
        (entry) =>
          entry.asker.name === name && entry.secret === secret && isDeepStrictEqual(entry.settings, settings),
      );
      return same ?? { ...hook, asker: this.#askerOf(hook) };
    });
    for (const entry of before) if (!this.#entries.includes(entry)) entry.asker.close();
  }

  /** One for each, in their order. @param publicQuery - takes what rules take as credentials out of a query */
  rules(publicQuery: (query: string) => string): readonly AccessRule[] {
    return this.#entries.map(({ asker }) => hookRule(asker, publicQuery, this.#host.clock));
  }

  answer(call: ClientCall): Promise<AmfValue> | undefined {
    const entry = this.#entries.find(({ settings }) => settings.events.includes('call'));
    return entry && answerByHook(entry.asker, call, this.#host.relayName);
  }

  samples(): readonly AskedHookSample[] {
    return this.#entries.map(({ asker: { name: hook, breaker, waiting } }) => ({ hook, breaker, waiting }));
  }

  /** How each of them does. */
  states(): readonly HookState[] {
    return this.#entries.map(({ asker, sender, settings: { match, events, url } }) => {
      const { name: hook, breaker, waiting, counts, lastProblem } = asker;
      const target = sender === undefined ? displayServerUrl(url ?? '') : 'function';
      const asked = events.filter(isQuestion);
      return { hook, kind: 'asked', match, events: asked, target, breaker, waiting, counts, lastProblem };
    });
  }

  /** What was answered about them holds no more, not even while there is no new answer. */
  revoke(subject: AnswerSubject): void {
    for (const { asker } of this.#entries) asker.revoke(subject);
  }

  /** Asks nothing more. */
  close(): void {
    for (const { asker } of this.#entries) asker.destroy();
    this.#entries = [];
  }

  #askerOf({ name, settings, secret, sender }: HookToAsk): HookAsker {
    const { url } = settings;
    const host = { ...this.#host, log: this.#host.log.of('hook', name, { hook: name }) };
    const client = sender ?? new HookClient({ ...settings, url: url ?? '', secret }, host);
    return new HookAsker(name, settings, client, this.#dialectOf(name, settings, host.log), host);
  }

  #dialectOf(name: string, { preset: presetName }: HookSettings, log: Log): QuestionDialect {
    const { relayName } = this.#host;
    const preset = presetOf(presetName, relayName);
    if (preset !== undefined) return presetDialect(preset);
    const told = new Set<string>();
    return ownDialect(relayName, (field) => {
      if (told.has(field) || told.size >= MAX_UNKNOWN_TOLD) return;
      told.add(field);
      log.warn('hook', `${name} answers with a field that means nothing here: ${printable(field, 40)}`);
    });
  }
}

/** Whether anybody waits for what the hook says. */
function isAsked({ url, asks, events }: HookSettings): boolean {
  return url !== null && asks && events.some(isQuestion);
}

const questions: ReadonlySet<HookEvent> = new Set([
  'connect',
  'publish',
  'play',
  'record',
  'playback',
  'call',
]);

function isQuestion(event: HookEvent): boolean {
  return questions.has(event);
}
