import { checkedString } from '../../../../config/setting-schema.ts';
import { listOf, listQuery } from '../lists.ts';
import { type Operation, operation } from '../operation.ts';
import { hookSchema } from '../schemas/hook.ts';

const hookId = checkedString(
  (id) =>
    /^hooks\.\d{1,9}-(asked|told|exec)$/.test(id)
      ? undefined
      : 'expected the id of a hook, such as hooks.0-asked',
  'id of a hook',
);

/** The hooks of the configuration. */
export const hookOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/api/v1/hooks',
    may: 'read',
    id: 'listHooks',
    summary:
      'Hooks of the configuration, in its order; one that is asked some things and told others comes twice',
    query: listQuery({ after: hookId.optional() }),
    answers: { 200: { description: 'hooks', schema: listOf(hookSchema) } },
    async handle({ service, query: { limit, after } }) {
      const hooks = await service.hooks();
      const behind = hooks.slice(1 + hooks.findIndex(({ id }) => id === after));
      const items = behind.slice(0, limit);
      return { items, next: behind.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  }),
];
