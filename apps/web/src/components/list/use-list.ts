import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { type ListSearch, listSearchOf } from './list-search.ts';

const TYPING_MS = 150;

export type List = {
  /** As it is asked for. */
  asked: ListSearch;
  typed: string;
  type: (text: string) => void;
  /** Changes the address; what is undefined goes out of it. */
  show: (change: { [K in keyof ListSearch]: ListSearch[K] | undefined }) => void;
};

/** The state of a list, which is the address of its page. */
export function useList(): List {
  const asked = listSearchOf(useSearch({ strict: false }));
  const navigate = useNavigate();
  const [typed, type] = useState(asked.search ?? '');
  const [wanted] = useDebouncedValue(typed.trim(), TYPING_MS);
  const show: List['show'] = (change) => {
    // What else the address says stays.
    const search = (now: object): object =>
      Object.fromEntries(Object.entries({ ...now, ...change }).filter(([, value]) => value !== undefined));
    void navigate({ to: '.', replace: true, resetScroll: false, search: search as never });
  };
  useEffect(() => {
    if (wanted !== (asked.search ?? '')) show({ search: wanted === '' ? undefined : wanted });
    // What is typed changes the address, not the other way round.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [wanted]);
  return { asked, typed, type, show };
}
