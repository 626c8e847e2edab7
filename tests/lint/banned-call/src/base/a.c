/* SPDX-License-Identifier: Apache-2.0 */
void mf_a(char *a, const char *b);
void mf_a(char *a, const char *b)
{
	strcpy(a, b);	/* strcat( in a comment is fine */
}
