import type { IncomingMessage } from 'node:http';
import { asfHeaderOf } from '../../family/asf/asf-family.ts';
import { type MmshSelection, mmshEnd, mmshNotice, mmshWireForm } from '../../family/asf/mmsh-wire-form.ts';
import { MmshEndReason } from '../../protocol/mmsh/mmsh-packet.ts';
import { type MmshPragmas, switchedOffStreams } from '../../protocol/mmsh/mmsh-pragma.ts';
import type { Preface } from '../../stream/cache/preface-store.ts';
import { knowsChunks, type StreamAnswer } from '../http/stream-answer.ts';
import { type MmshClient, mmshHeaders } from './mmsh-client.ts';

/** How a stream is brought to a player of MMSH. */
export function mmshAnswer(
  request: IncomingMessage,
  client: MmshClient,
  selection: MmshSelection = 'all',
): StreamAnswer {
  const isChunked = knowsChunks(request) && client.pragmas.get('version11-enabled') === '1';
  return {
    form: mmshWireForm(isChunked, selection),
    isChunked,
    headers: { ...mmshHeaders(client), 'Content-Type': 'application/x-mms-framed' },
    absentStatus: 503,
    pathNotice: mmshNotice,
    ending: (form) => mmshEnd(form, MmshEndReason.over),
  };
}

/** What is left of a stream without what its player has switched off. @param prefaces - the stream's, as they are now */
export function selectionFor(pragmas: MmshPragmas, prefaces: readonly Preface[]): MmshSelection {
  if (switchedOffStreams(pragmas, () => true).size === 0) return 'all'; // as nearly everybody wants it
  const header = prefaces.find(({ frame }) => frame.role === 'header');
  if (header === undefined) return 'all';
  const { streams } = asfHeaderOf(header.frame);
  const off = switchedOffStreams(pragmas, (number) => streams.some((stream) => stream.number === number));
  const [first, ...others] = streams.filter(({ type }) => type === 'video');
  if (first === undefined || !off.has(first.number)) return 'all';
  const chosen = others.find(({ number }) => !off.has(number));
  return chosen === undefined ? 'no video' : { videoStream: chosen.number };
}
