/**
 * The HTTP callbacks of SRS: JSON by POST, and the answer is 200 with the number 0.
 * @see https://ossrs.io/lts/en-us/docs/v6/doc/http-callback
 */
import { createHash } from 'node:crypto';
import { type HookSubject, splitKey } from '../hook-subject.ts';
import type { PostedBody, Preset, PresetAnswer, PresetCall, PresetReply } from './preset.ts';

/** SRS has no virtual host of this name unless it is the only one. */
const VHOST = '__defaultVhost__';

const actions: Readonly<Partial<Record<PresetCall['call'], string>>> = {
  connect: 'on_connect',
  publish: 'on_publish',
  play: 'on_play',
  unpublish: 'on_unpublish',
  stop: 'on_stop',
};

/** Speaks as SRS 4 to 7 does. @param relay - the name that stands for the server */
export function srsPreset(relay: string): Preset {
  return {
    encode: ({ call, subject }) => {
      const action = actions[call];
      if (action === undefined) return undefined;
      return json(call === 'connect' ? connectBody(action, subject) : streamBody(action, relay, subject));
    },
    read: (_call, reply) => read(reply),
  };
}

function json(body: object): PostedBody {
  return { contentType: 'application/json', text: JSON.stringify(body) };
}

function connectBody(action: string, subject: HookSubject): object {
  const { session, address, tcUrl, page } = subject;
  const { app } = appAndName(subject);
  return { action, client_id: session, ip: address, vhost: VHOST, app, tcUrl, pageUrl: page };
}

function streamBody(action: string, relay: string, subject: HookSubject): object {
  const { session, address, stream: key, sentQuery, page } = subject;
  const { app, name } = appAndName(subject);
  return {
    server_id: relay,
    action,
    client_id: session,
    ip: address,
    vhost: VHOST,
    app,
    tcUrl: tcUrlOf(subject, app),
    stream: name,
    param: sentQuery === '' ? '' : `?${sentQuery}`,
    ...(action === 'on_play' ? { pageUrl: page } : {}),
    stream_url: `/${key}`,
    stream_id: `vid-${createHash('sha1').update(key).digest('base64url').slice(0, 7)}`,
  };
}

/** Before there is a stream, the application is what the client's URL says. */
function appAndName({ stream, tcUrl }: HookSubject): { readonly app: string; readonly name: string } {
  if (stream !== '') return splitKey(stream);
  return { app: /^\w+:\/\/[^/]*\/([^?]*)/.exec(tcUrl)?.[1] ?? '', name: '' };
}

/** Players over HTTP have none: SRS makes one up for them, too. */
function tcUrlOf({ tcUrl }: HookSubject, app: string): string {
  return tcUrl === '' ? `rtmp://${VHOST}/${app}` : tcUrl;
}

function read({ status, body }: PresetReply): PresetAnswer {
  if (status !== 200) {
    if (status >= 400 && status < 500) return { says: 'no' };
    return { says: 'nothing', problem: `expected 200 and the code 0, got ${status}` };
  }
  const code = codeOf(body);
  if (code === undefined) return { says: 'nothing', problem: 'expected 0 or {"code":0}' };
  return { says: code === 0 ? 'yes' : 'no' };
}

/** The number that the body is, or has as its `code`. */
function codeOf(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const code = typeof value === 'object' && value !== null && 'code' in value ? value.code : value;
    return typeof code === 'number' ? code : undefined;
  } catch {
    return undefined;
  }
}
