import { z } from 'zod';
import { forwardUrlProblem, upstreamUrlProblem } from '../../../../config/media-url-problems.ts';
import { isStreamKey } from '../../../../stream/stream-key.ts';
import { displayForwardUrl, displayUrl } from '../../../../url-secrets.ts';
import type { ForwardWish, PullWish } from '../../relay-changes.ts';
import { type AnswerKind, type Operation, operation } from '../operation.ts';
import { facts } from '../schemas/facts.ts';

/** URLs of a pull that is added. */
const MAX_URLS = 16;

const url = z.string().min(1).max(2048);
const stream = z.string().min(1).max(1024).describe('stream key');
const params = z.strictObject({ id: z.string().min(1).max(64) });
const removed: AnswerKind = { description: 'it has ended' };

const pull: z.ZodType<PullWish> = z.strictObject({
  stream,
  urls: z.array(url).min(1).max(MAX_URLS).describe('in order of preference, as in streams[].source.urls'),
});

const forward: z.ZodType<ForwardWish> = z.strictObject({
  stream,
  url: url.describe('place, as in streams[].forward'),
});

const added: AnswerKind = {
  description: 'it begins',
  schema: facts<{ readonly id: string }>({ id: z.string().describe('as in the list') }),
};

/** Pulls and forwards that operators begin and end; where they may lead says `admin.hosts`. */
export const addingOperations: readonly Operation[] = [
  operation({
    method: 'POST',
    path: '/api/v1/upstreams',
    may: 'operate',
    id: 'addUpstream',
    summary: 'Pulls a stream from another server, until that is taken back or the relay ends',
    body: pull,
    answers: { 201: added },
    audit: ({ body }) => `${shownKey(body.stream)} from ${body.urls.map(shownUpstream).join(', ')}`,
    handle: async ({ service, body }) => ({ id: await service.changes.addPull(body) }),
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/upstreams/{id}',
    may: 'operate',
    id: 'removeUpstream',
    summary: 'Pulls a stream no more that was added',
    params,
    answers: { 204: removed },
    handle: ({ service, params: { id } }) => service.changes.removePull(id),
  }),
  operation({
    method: 'POST',
    path: '/api/v1/forwards',
    may: 'operate',
    id: 'addForward',
    summary:
      'Forwards a stream to another server while it is live, until that is taken back or the relay ends',
    body: forward,
    answers: { 201: added },
    audit: ({ body }) => `${shownKey(body.stream)} to ${shownForward(body.url)}`,
    handle: async ({ service, body }) => ({ id: await service.changes.addForward(body) }),
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/forwards/{id}',
    may: 'operate',
    id: 'removeForward',
    summary: 'Forwards a stream no more that was added',
    params,
    answers: { 204: removed },
    handle: ({ service, params: { id } }) => service.changes.removeForward(id),
  }),
];

/** In the place of what is mistyped: it may have a secret anywhere. */
const HIDDEN = '***';

function shownKey(stream: string): string {
  return isStreamKey(stream) ? stream : HIDDEN;
}

function shownUpstream(from: string): string {
  return upstreamUrlProblem(from) === undefined ? displayUrl(from) : HIDDEN;
}

function shownForward(to: string): string {
  return forwardUrlProblem(to) === undefined ? displayForwardUrl(to) : HIDDEN;
}
