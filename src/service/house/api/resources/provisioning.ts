import { z } from 'zod';
import { listOf, pageQuery } from '../../../admin/api/lists.ts';
import { type AnswerKind, type Operation, operation } from '../../../admin/api/operation.ts';
import { facts, moment } from '../../../admin/api/schemas/facts.ts';
import type { PageWish } from '../../../admin/list-wish.ts';
import type { HouseControl } from '../../house-control.ts';
import { firstPart } from '../../overview/first-part.ts';
import { invitedRelay } from '../invited-relay.ts';
import { relayParams } from '../parameters.ts';

/** An invitation, as operators see it. */
interface InvitationStatus {
  readonly id: string;
  readonly title: string;
  /** ISO 8601. */
  readonly until: string;
}

const invitation = {
  id: z.string().describe('of the relay'),
  title: z.string(),
  until: moment,
};

const given: AnswerKind = {
  description: 'the relay is invited; its token is told this once',
  schema: facts<{ readonly id: string; readonly token: string; readonly until: string }>({
    id: invitation.id,
    token: z.string().describe('for the relay: it can be used once'),
    until: moment,
  }),
};

/** How relays come to the fleet that nobody has written into the roster's file. */
export const provisioningOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/invitations',
    may: 'read',
    id: 'listInvitations',
    summary: 'Relays that are invited and have not come yet, by id',
    query: pageQuery<PageWish>({}),
    answers: { 200: { description: 'invitations', schema: listOf(facts<InvitationStatus>(invitation)) } },
    handle({ service, query }) {
      const { items, next } = firstPart(service.provisioning.invitations(), ({ entry }) => entry.id, query);
      return {
        next,
        items: items.map(
          ({ entry: { id, title }, until }): InvitationStatus => ({
            id,
            title,
            until: new Date(until).toISOString(),
          }),
        ),
      };
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/invitations',
    may: 'operate',
    id: 'invite',
    summary:
      'Invites a relay: fixes everything but its key, and gives a token that is good once, for an hour',
    body: invitedRelay,
    answers: { 201: given },
    audit: ({ body: { id } }) => `relay ${id}`,
    async handle({ service, body }) {
      const { token, until } = await service.provisioning.invite(body);
      return { id: body.id, token, until: new Date(until).toISOString() };
    },
  }),
  operation({
    method: 'DELETE',
    path: '/api/v1/invitations/{id}',
    may: 'operate',
    id: 'withdrawInvitation',
    summary: 'Takes back the invitation of a relay',
    params: relayParams,
    answers: { 204: { description: 'its token is good no more' } },
    handle: ({ service, params: { id } }) => service.provisioning.withdraw(id),
  }),
  operation({
    method: 'POST',
    path: '/api/v1/provision',
    may: 'anyone',
    id: 'provision',
    summary: 'Brings the key of a relay that was invited; it waits for its approval then',
    body: z.strictObject({
      token: z.string().min(1).max(256).describe('of the invitation'),
      keyHash: z
        .string()
        .regex(/^[0-9a-fA-F]{64}$/)
        .describe('SHA-256 of the key that the relay has made for itself, 64 hexadecimal digits'),
    }),
    answers: {
      202: {
        description: 'it waits for its approval',
        schema: facts<{ readonly id: string }>({ id: invitation.id }),
      },
    },
    handle: async ({ service, body: { token, keyHash }, address }) => ({
      id: await service.provisioning.provision(token, keyHash, address ?? 'the Unix socket'),
    }),
  }),
];
