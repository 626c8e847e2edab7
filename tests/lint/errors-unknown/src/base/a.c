/* SPDX-License-Identifier: Apache-2.0 */
int mf_a = MF_E_A + MF_E_B;
