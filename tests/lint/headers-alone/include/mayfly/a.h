/* SPDX-License-Identifier: Apache-2.0 */
size_t mf_a(void);
