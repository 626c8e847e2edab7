/* SPDX-License-Identifier: Apache-2.0 */
extern const char *mf_a; /* "/opt/tools/bin" */
