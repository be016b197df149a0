/** What runs when a model is opened for the first time: names and words come again, so that induction heads show. */
export const EXAMPLE_TEXT =
  'The captain looked at the sea, and the whale looked at the captain. The captain said nothing.';
