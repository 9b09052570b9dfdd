import { type Operation, operation } from '../../../admin/api/operation.ts';
import type { HouseControl } from '../../house-control.ts';
import { houseSchema } from '../schemas/house.ts';

/** The house as a whole. */
export const houseOperations: readonly Operation<HouseControl>[] = [
  operation({
    method: 'GET',
    path: '/api/v1/house',
    may: 'read',
    id: 'getHouse',
    summary: 'How the house and its fleet are doing as a whole',
    answers: { 200: { description: 'the house', schema: houseSchema } },
    handle: ({ service }) => service.status(),
  }),
];
