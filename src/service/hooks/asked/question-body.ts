import type { JsonValue } from '../../../protocol/amf/amf-json.ts';
import type { HookQuestion, HookVerb } from './hook-question.ts';

/** A question as hooks get it: see docs/hooks.md. */
export interface HookQuestionBody {
  /** What is asked about; `recheck` where somebody who was let in is still there. */
  readonly event: HookVerb | 'recheck';
  /** In a `recheck`: what is still going on. */
  readonly verb?: HookVerb;
  /** In a `connect`, and a `recheck` of one: what an RTMP client has put behind the command object, as JSON. */
  readonly connectArgs?: JsonValue;
  /** The stream key, or that of a recording; null in `connect`. */
  readonly stream: string | null;
  /** Id of the connection, as in the log. */
  readonly session: string;
  /** As metrics name it, such as `rtmp`. */
  readonly protocol: string;
  /** The client's address, without port. */
  readonly address: string;
  /** What software the client says it is; may be empty. */
  readonly client: string;
  /** The origin of the web page, or null. */
  readonly origin: string | null;
  /** Whether the connection is encrypted. */
  readonly tls: boolean;
  /** What stands behind the `?` of the stream key, without credentials that the relay has checked itself. */
  readonly query: string;
  /** Who the client has proven to be to a rule in `access.rules`, or null. */
  readonly identity: string | null;
  /** Name of the relay. */
  readonly relay: string;
  /** When it was asked, ISO 8601. */
  readonly time: string;
}

/** What a hook is asked. @param relay - the name of this one */
export function questionBody(question: HookQuestion, relay: string): HookQuestionBody {
  const { event, verb, stream, session, protocol, address, client, origin = null, isTls, query } = question;
  const { connectArgs } = question;
  return {
    event,
    ...(event === 'recheck' ? { verb } : {}),
    ...(connectArgs === undefined ? {} : { connectArgs: JSON.parse(connectArgs) as JsonValue }),
    stream: stream === '' ? null : stream,
    ...{ session, protocol, address, client, origin, tls: isTls, query },
    identity: question.identity ?? null,
    relay,
    time: new Date().toISOString(),
  };
}
