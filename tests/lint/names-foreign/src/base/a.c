/* SPDX-License-Identifier: Apache-2.0 */
int helper(void);
int helper(void)
{
	return 0;
}
