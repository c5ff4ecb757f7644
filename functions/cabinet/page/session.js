// Who is signed in. The key is in memory, and in sessionStorage only if the reader ticked it: never in an address, in
// localStorage, in a cookie or in the document.

const NAME = "cabinet";

let credentials;
try {
  credentials = JSON.parse(sessionStorage.getItem(NAME)) ?? undefined;
} catch { /* Storage is switched off, or holds something else. */ }

export const signedIn = () => credentials !== undefined;
export const shopId = () => credentials?.shopId;
export const shopKey = () => credentials?.shopKey;

/** Signs in with credentials that the API accepted. */
export const signIn = (accepted, stay) => {
  credentials = accepted;
  if (!stay) return;
  try { sessionStorage.setItem(NAME, JSON.stringify(accepted)); } catch { /* Stays in memory. */ }
};

/** Forgets everything. */
export const signOut = () => {
  credentials = undefined;
  try { sessionStorage.removeItem(NAME); } catch { /* There is nothing in it. */ }
};
