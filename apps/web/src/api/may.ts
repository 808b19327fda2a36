import type { Right } from '@orangery/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { api, type Me } from './client.ts';

export function useMe(): Me {
  return useSuspenseQuery(api.me.show.queryOptions()).data;
}

/** Whether who looks may do this in the tenant that they look into. */
export function useMay(): (right: Right) => boolean {
  const { rights } = useMe();
  return (right) => rights.includes(right);
}
