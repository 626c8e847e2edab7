/* SPDX-License-Identifier: Apache-2.0 */
/* pip install --find-links DIR */
