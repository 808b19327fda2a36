/** By what each list can be sorted; the first is how it is sorted if nobody says otherwise. */
export const sorts = {
  machines: ['created', 'name', 'pool', 'host', 'person', 'state', 'since'],
  sessions: ['created', 'person', 'desktop', 'machine', 'state'],
  people: ['name', 'email'],
  tasks: ['began', 'title', 'state', 'what'],
} as const;
