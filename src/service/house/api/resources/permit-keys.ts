import { z } from 'zod';
import { ApiError } from '../../../admin/api/api-error.ts';
import { type Operation, operation } from '../../../admin/api/operation.ts';
import { facts } from '../../../admin/api/schemas/facts.ts';
import type { HouseControl } from '../../house-control.ts';
import { StoreError } from '../../store/house-store.ts';

/** The keys of permits. */
export const permitKeyOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'POST',
    path: '/api/v1/permit-keys/renew',
    may: 'operate',
    id: 'renewPermitKeys',
    summary:
      'Takes the public keys of all houses back: no permit holds any more, and every house makes a new key',
    answers: {
      200: {
        description: 'relays hear of the new keys',
        schema: facts<{ readonly key: string }>({
          key: z.string().describe('id of the new key of this house'),
        }),
      },
    },
    async handle({ service: { keyring } }) {
      try {
        await keyring.renew();
      } catch (error) {
        if (error instanceof StoreError) throw new ApiError('unavailable', error.message);
        throw error;
      }
      return { key: keyring.pair.id };
    },
  }),
];
