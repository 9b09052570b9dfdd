import { houseSettings } from '../../../config/house/house-settings.ts';
import type { Operation } from '../../admin/api/operation.ts';
import { configOperations } from '../../admin/api/resources/config.ts';
import { openApiOperations } from '../../admin/api/resources/openapi.ts';
import { processOperations } from '../../admin/api/resources/process.ts';
import type { HouseControl } from '../house-control.ts';
import { permitKeyOperations } from './resources/permit-keys.ts';

/** A line for each resource. */
const described: readonly Operation<HouseControl>[] = [
  ...configOperations(houseSettings),
  ...processOperations,
  ...permitKeyOperations,
];

/** Everything that can be asked of a house beyond metrics and health, in the order of the documentation. */
export const operations: readonly Operation<HouseControl>[] = [
  ...described,
  ...openApiOperations(described, 'house'),
];
