/** What JSON can hold: what views keep of themselves, and what documents are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
