import type { FastifyReply } from 'fastify';
import type { ServiceControl } from '../../service-control.ts';
import { type StatusPage, statusPagePaths } from '../../status-page.ts';
import { ApiError } from '../api-error.ts';
import { type Operation, operation } from '../operation.ts';

/** The status page and its files. They are no part of the API, and anyone may have them: they show nothing by themselves. */
export function pageOperations(page: StatusPage): readonly Operation<ServiceControl>[] {
  return statusPagePaths.map((path) =>
    operation({
      method: 'GET',
      path,
      may: 'anyone',
      summary: 'the status page',
      answers: { 200: { description: 'a file of the page' } },
      handle: (_asked, reply) => send(page, reply),
    }),
  );
}

async function send(page: StatusPage, reply: FastifyReply): Promise<FastifyReply> {
  const answer = await page.answer(reply.request.raw);
  if (answer === undefined) throw new ApiError('not-found', 'the page has no such file');
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}
