import { z } from 'zod';
import { ApiError } from '../../../admin/api/api-error.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import { wayNames } from '../../choosing/choice.ts';
import type { Destination } from '../../entrance/destination.ts';
import type { HouseControl } from '../../house-control.ts';
import { address, identity, streamKey, uid } from '../parameters.ts';
import { destinationSchema } from '../schemas/destination.ts';

/** Where a front end sends its user; players ask for themselves, without a token. */
export const resolveOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/resolve',
    may: 'operate',
    id: 'resolveFor',
    summary: 'Where a user of a front end finds a stream: the front end has let him in, and bans hold',
    query: z.strictObject({
      stream: streamKey,
      protocol: z.enum(wayNames).describe('how the user speaks'),
      address: address.describe('of the user'),
      verb: z.enum(['play', 'publish']).default('play'),
      identity: identity.optional(),
      uid: uid.optional(),
    }),
    answers: {
      200: { description: 'which relay, and the URL with all that lets in there', schema: destinationSchema },
    },
    handle({ service, query: { stream, protocol, ...user } }): Destination {
      const found = service.resolveFor({ ...user, stream, way: protocol });
      if ('relay' in found) return found;
      const code =
        found.refused === 'capacity-limit'
          ? 'unavailable'
          : found.refused === 'address-limit'
            ? 'too-many'
            : found.refused === 'banned'
              ? 'forbidden'
              : 'not-found';
      throw new ApiError(code, found.description);
    },
  }),
];
