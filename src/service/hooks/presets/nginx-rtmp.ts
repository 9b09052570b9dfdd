/**
 * The HTTP callbacks of nginx-rtmp: a form by POST, and the status is the answer.
 * @see https://github.com/arut/nginx-rtmp-module/wiki/Directives#notify
 */
import { splitKey } from '../hook-subject.ts';
import type { PostedBody, Preset, PresetAnswer, PresetCall, PresetReply } from './preset.ts';

/** Sessions of worker 1 and of worker 2 have numbers of their own: there are never more workers than this. */
const MOST_WORKERS = 64;

/** What a player did not ask for is this: whatever there is, live or not. Minus 2,000 as an unsigned number. */
const START_ANYWHERE = 0x1_0000_0000 - 2000;

/** Speaks as nginx-rtmp 1.2 does. */
export const nginxRtmpPreset: Preset = {
  encode: (call) => {
    const fields = { ...peerFields(call), ...callFields(call) };
    const form = Object.entries(fields).map(([name, value]) => `${name}=${escapeArgument(`${value}`)}`);
    return posted([...form, ...queryOf(call)].join('&'));
  },
  read,
};

function posted(text: string): PostedBody {
  return { contentType: 'application/x-www-form-urlencoded', text };
}

function peerFields({ call, subject }: PresetCall): Record<string, string | number> {
  const { client, swfUrl, tcUrl, page, address, stream, session } = subject;
  const app = stream === '' ? (/^\w+:\/\/[^/]*\/([^?]*)/.exec(tcUrl)?.[1] ?? '') : splitKey(stream).app;
  const peer = { app, flashver: client, swfurl: swfUrl, tcurl: tcUrl, pageurl: page, addr: address };
  return call === 'connect' ? peer : { ...peer, clientid: clientId(session) };
}

function callFields({
  call,
  subject,
  activity,
  durationMs = 0,
}: PresetCall): Record<string, string | number> {
  const { name } = splitKey(subject.stream);
  switch (call) {
    case 'connect':
      return { epoch: 0, call };
    case 'publish':
      return { call, name, type: 'live' };
    case 'play':
      return { call, name, start: START_ANYWHERE, duration: 0, reset: 0 };
    case 'unpublish':
      return { call: 'publish_done', name };
    case 'stop':
      return { call: 'play_done', name };
    case 'update':
      return {
        call: `update_${activity ?? 'play'}`,
        time: Math.trunc(durationMs / 1000),
        timestamp: Math.trunc(durationMs) % 0x1_0000_0000,
        name,
      };
    default:
      return call satisfies never;
  }
}

/** What the client's URL has behind its `?` stands as it was sent: parameters beside those of the form. */
function queryOf({ subject }: PresetCall): readonly string[] {
  return subject.sentQuery === '' ? [] : [subject.sentQuery];
}

/** The number of a session, `c7` or `w1c7`, for back ends that keep it as a number. */
function clientId(session: string): number {
  const [, worker, number = '0'] = /^(?:w(\d+))?c(\d+)$/.exec(session) ?? [];
  return worker === undefined ? Number(number) : Number(number) * MOST_WORKERS + Number(worker);
}

/** As nginx escapes an argument: what would end it, and what is not printable ASCII. */
function escapeArgument(text: string): string {
  const escaped = (character: string) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join('');
  return text.replace(/[^!-~]|[#%&+;?]/gu, escaped);
}

function read({ call, subject }: PresetCall, { status, location = '' }: PresetReply): PresetAnswer {
  if (status >= 200 && status < 300) return { says: 'yes' };
  if (status < 300 || status >= 500)
    return { says: 'nothing', problem: `expected 2xx, 3xx or 4xx, got ${status}` };
  if (status >= 400) return { says: 'no' };
  if (location === '' || call === 'update') return { says: 'yes' };
  if (call === 'connect') return { says: 'no', description: 'the hook wants another application' };
  if (!/^rtmp:\/\//i.test(location)) return { says: 'rename', key: renamed(subject.stream, location) };
  if (call === 'play') return { says: 'redirect', url: location };
  return { says: 'no', description: 'the hook wants the stream pushed on: set streams[].forward' };
}

/** The name changes, the application stays. */
function renamed(key: string, name: string): string {
  const { app } = splitKey(key);
  return app === '' ? name : `${app}/${name}`;
}
